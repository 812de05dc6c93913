/* The files of reports/assets, embedded at build by embed.awk.
 * SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORTS_ASSETS_H
#define REPORTS_ASSETS_H

extern const char asset_chart_json[];
extern const char asset_style_css[];
extern const char asset_page_js[];
extern const char asset_howto_html[];

#endif
