/* Tables of what ranks do.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "reports/rank_table.h"
#include "reports/html.h"
#include "reports/output.h"

enum { PROBLEM = 1 };

void markdown_rank_head(FILE *out, const struct rank_table *t)
{
	fputs("|", out);
	for (int c = 0; c < t->columns; c++)
		fprintf(out, " %s |", t->heads[c]);
	fputs("\n|", out);
	for (int c = 0; c < t->columns; c++)
		fputs(c > PROBLEM ? "--:|" : "---|", out);
	fputs("\n", out);
}

void markdown_rank_row(FILE *out, const struct rank_table *t, char cell[][RANK_CELL])
{
	for (int c = 0; c < t->columns; c++) {
		fputs(c ? " | " : "| ", out);
		put_markdown(out, cell[c]);
	}
	fputs(" |\n", out);
}

void html_rank_head(FILE *out, const struct rank_table *t)
{
	fprintf(out, "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"%s\">\n<table class=\"sort\">\n<caption><span>", t->label);
	put_html(out, t->legend);
	fputs("</span></caption>\n<thead><tr>", out);
	for (int c = 0; c < t->columns; c++)
		put_element(out, "th", "scope=\"col\"", t->heads[c]);
	fputs("</tr></thead>\n<tbody>\n", out);
}

void html_rank_row(FILE *out, const struct rank_table *t, char cell[][RANK_CELL])
{
	fputs("<tr>", out);
	put_element(out, "th", "scope=\"row\"", cell[0]);
	for (int c = 1; c < t->columns; c++)
		put_element(out, "td", c == PROBLEM ? "class=\"key\"" : "", cell[c]);
	fputs("</tr>\n", out);
}

void html_rank_end(FILE *out)
{
	fputs("</tbody>\n</table>\n</div>\n", out);
}
