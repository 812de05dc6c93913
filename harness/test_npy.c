/* .npy files: what NumPy wrote is read, what we write is read back, and broken files are refused by name.
 * SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "harness/npy.h"
#include "harness/tensor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
/* after its own prerequisites */
#include <cmocka.h>

static void path_of(char path[4096], const char *name)
{
	const char *folder = getenv("top_srcdir");
	snprintf(path, 4096, "%s/harness/tests/npy/%s.npy", folder ? folder : ".", name);
}

/* Golden files: their dtype once read, and their shape. Values are those of harness/tests/npy/make.py. */
static const struct golden {
	const char *name;
	enum attn_dtype dtype;
	int rank;
	int64_t dim[4];
} goldens[] = {{"f4", ATTN_F32, 3, {1, 2, 3, 4}},
               {"f4_fortran", ATTN_F32, 3, {1, 2, 3, 4}},
               {"f4_big", ATTN_F32, 2, {1, 1, 2, 3}},
               {"f8", ATTN_F64, 1, {1, 1, 1, 5}},
               {"f8_big_fortran", ATTN_F64, 2, {1, 1, 3, 2}},
               {"f2", ATTN_F16, 2, {1, 1, 2, 2}},
               {"f2_big", ATTN_F16, 2, {1, 1, 2, 2}},
               {"b1", ATTN_BOOL, 2, {1, 1, 2, 3}},
               {"i8", ATTN_I64, 1, {1, 1, 1, 4}},
               {"i4", ATTN_I64, 1, {1, 1, 1, 4}},
               {"i4_big", ATTN_I64, 1, {1, 1, 1, 4}},
               {"version2", ATTN_F32, 2, {1, 1, 2, 2}},
               {"version3", ATTN_F32, 2, {1, 1, 2, 2}},
               {"rank0", ATTN_F32, 0, {1, 1, 1, 1}},
               {"rank4", ATTN_F32, 4, {2, 1, 3, 2}},
               {"empty", ATTN_F32, 2, {1, 1, 0, 3}}};

static double golden_value(enum attn_dtype dtype, int64_t n)
{
	if (dtype == ATTN_BOOL)
		return n % 3 == 0;
	return dtype == ATTN_I64 ? (double)(n - 3) : (double)n / 2 - 1;
}

static void assert_golden(const struct golden *g, const struct attn_tensor *t, int rank)
{
	assert_int_equal(t->dtype, g->dtype);
	assert_int_equal(rank, g->rank);
	assert_memory_equal(t->dim, g->dim, sizeof g->dim);
	assert_true(attn_tensor_contiguous(t));
	struct attn_tensor flat = {t->data, t->dtype, {1, 1, 1, attn_tensor_count(t)}, {0, 0, 0, 1}};
	for (int64_t n = 0; n < flat.dim[3]; n++)
		assert_true(attn_tensor_get(&flat, 0, 0, 0, n) == golden_value(g->dtype, n));
}

static void reads_what_numpy_wrote(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++) {
		char path[4096], why[4608] = "";
		struct attn_tensor t;
		int rank;
		path_of(path, goldens[i].name);
		if (attn_npy_read(path, &t, &rank, why, sizeof why) != ATTN_OK)
			fail_msg("%s", why);
		assert_golden(&goldens[i], &t, rank);
		attn_tensor_free(&t);
	}
}

static const char out_path[] = "test_npy.out.npy";

static void reads_back_what_it_wrote(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof goldens / sizeof *goldens; i++) {
		char path[4096], why[4608] = "";
		struct attn_tensor t, back;
		int rank;
		path_of(path, goldens[i].name);
		assert_int_equal(attn_npy_read(path, &t, &rank, why, sizeof why), ATTN_OK);
		assert_int_equal(attn_npy_write(out_path, &t, rank, why, sizeof why), ATTN_OK);
		assert_int_equal(attn_npy_read(out_path, &back, &rank, why, sizeof why), ATTN_OK);
		assert_golden(&goldens[i], &back, rank);
		attn_tensor_free(&t);
		attn_tensor_free(&back);
	}
	unlink(out_path);
}

/* The very bytes NumPy writes, where it wrote C order and little endian. */
static void writes_the_bytes_of_numpy(void **state)
{
	static const char *const names[] = {"f4", "f8", "f2", "b1", "i8", "rank0", "empty"};
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char path[4096], why[4608], expected[512], got[512];
		struct attn_tensor t;
		int rank;
		path_of(path, names[i]);
		assert_int_equal(attn_npy_read(path, &t, &rank, why, sizeof why), ATTN_OK);
		assert_int_equal(attn_npy_write(out_path, &t, rank, why, sizeof why), ATTN_OK);
		attn_tensor_free(&t);
		FILE *a = fopen(path, "rb"), *b = fopen(out_path, "rb");
		size_t n = fread(expected, 1, sizeof expected, a);
		assert_int_equal(fread(got, 1, sizeof got, b), n);
		assert_memory_equal(got, expected, n);
		fclose(a);
		fclose(b);
	}
	unlink(out_path);
}

static void bf16_is_widened(void **state)
{
	char why[4608];
	struct attn_tensor t = attn_tensor_new(ATTN_BF16, 1, 1, 1, 3), back;
	int rank;
	(void)state;
	for (int j = 0; j < 3; j++)
		attn_tensor_set(&t, 0, 0, 0, j, -1.5 * j);
	assert_int_equal(attn_npy_write(out_path, &t, 1, why, sizeof why), ATTN_OK);
	assert_int_equal(attn_npy_read(out_path, &back, &rank, why, sizeof why), ATTN_OK);
	assert_int_equal(back.dtype, ATTN_F32);
	for (int j = 0; j < 3; j++)
		assert_true(attn_tensor_get(&back, 0, 0, 0, j) == -1.5 * j);
	attn_tensor_free(&t);
	attn_tensor_free(&back);
	unlink(out_path);
}

static void a_discarded_file_leaves_nothing(void **state)
{
	char why[4608], temporary[4096];
	struct attn_tensor t = attn_tensor_new(ATTN_F32, 1, 1, 1, 3);
	struct attn_npy_staged staged;
	(void)state;
	assert_int_equal(attn_npy_stage(out_path, &t, 1, &staged, why, sizeof why), ATTN_OK);
	snprintf(temporary, sizeof temporary, "%s", staged.temporary);
	assert_int_equal(access(temporary, F_OK), 0);
	assert_int_not_equal(access(out_path, F_OK), 0);
	attn_npy_discard(&staged);
	assert_int_not_equal(access(temporary, F_OK), 0);
	assert_int_not_equal(access(out_path, F_OK), 0);
	attn_tensor_free(&t);
}

static void unwritable_places_are_refused(void **state)
{
	char why[4608];
	struct attn_tensor t = attn_tensor_new(ATTN_F32, 1, 1, 1, 3000);
	(void)state;
	assert_int_equal(attn_npy_write("no/such/folder/o.npy", &t, 1, why, sizeof why), ATTN_FAILED);
	assert_string_equal(why, "no/such/folder/o.npy: can't be written: No such file or directory");
	assert_int_equal(attn_npy_write("/", &t, 1, why, sizeof why), ATTN_FAILED);
	assert_string_equal(why, "/: can't be written: Is a directory");
	if (!access("/dev/full", W_OK)) { /* a device is written to, not replaced */
		struct stat about;
		assert_int_equal(attn_npy_write("/dev/full", &t, 1, why, sizeof why), ATTN_FAILED);
		assert_string_equal(why, "/dev/full: can't be written: No space left on device");
		assert_int_equal(stat("/dev/full", &about), 0);
		assert_true(S_ISCHR(about.st_mode));
	}
	attn_tensor_free(&t);
}

/* Version 1.0, with the dictionary's length put where the two ## are. */
#define HEAD "\x93NUMPY\1\0##"
#define ORDER "'fortran_order': False, "
#define F4 "{'descr': '<f4', " ORDER
static const struct hostile {
	const char *dictionary; /* NULL: bytes is the whole file */
	const char *bytes;      /* what follows the dictionary */
	size_t size;
	const char *why;
} hostile[] = {
	{NULL, "PK\3\4 not this", 12, "f: it does not begin with \\x93NUMPY and a version: expected a .npy file"},
	{NULL, "\x93NUMPY", 6, "f: it does not begin with \\x93NUMPY and a version: expected a .npy file"},
	{NULL, "\x93NUMPY\4\0\1\0 ", 11, "f: its format version is 4.0: expected 1.0, 2.0 or 3.0"},
	{NULL, "\x93NUMPY\1\0\1", 9, "f: it ends within the length of its header: expected 2 bytes of length, found 1"},
	{NULL, "\x93NUMPY\1\0\70\0{'descr'", 18, "f: it ends within its header: expected 56 bytes of header, found 8"},
	{NULL, "\x93NUMPY\2\0\377\377\377\377{}", 14, "f: its header has 4294967295 bytes: expected at most 65535"},
	{"", "", 0, "f: its header has \"nothing\" at its beginning: expected '{'"},
	{"garbage", "", 0, "f: its header has \"garbage\" at its beginning: expected '{'"},
	{"{}", "", 0, "f: its header has no descr: expected descr, fortran_order and shape"},
	{"{'descr': '<f4', 'shape': (2,)}", "", 0, "f: its header has no fortran_order: expected descr, fortran_order and shape"},
	{F4 "}", "", 0, "f: its header has no shape: expected descr, fortran_order and shape"},
	{F4 "'shape': (2,)} x", "", 0, "f: its header has \"x\" after the dictionary: expected blanks and the end of the line"},
	{F4 "'shape': (2,), 'shape': (2,)}", "", 0, "f: its header has shape twice: expected it once"},
	{F4 "'shape': (2,), 'extra': 1}", "", 0, "f: its header has the key 'extra': expected descr, fortran_order and shape"},
	{F4 "'shape' (2,)}", "", 0, "f: its header has \"(2,)}\" after a key: expected ':'"},
	{F4 "'shape': 2}", "", 0, "f: its header has \"2}\" where the shape should begin: expected '('"},
	{F4 "'shape': (2)}", "", 0, "f: shape is a number in parentheses: expected a tuple, (n,)"},
	{F4 "'shape': (2 3)}", "", 0, "f: its header has \"3)}\" after a number of the shape: expected ','"},
	{F4 "'shape': (-2,)}", "", 0, "f: shape has \"-2,)}\": expected a whole number from 0 to 2^47"},
	{F4 "'shape': (99999999999999999999999,)}", "", 0, "f: shape has \"99999999999999999999999,)}\": expected a whole number from 0 to 2^47"},
	{F4 "'shape': (8388608, 8388608, 8388608)}", "", 0, "f: shape has more than 2^47 bytes: expected what fits in memory"},
	{F4 "'shape': (0, 8388608, 8388608, 8388608)}", "", 0, "f: shape has more than 2^47 bytes: expected what fits in memory"},
	{F4 "'shape': (1, 1, 1, 1, 1)}", "abcd", 4, "f: shape has more than 4 dimensions: expected 0 to 4"},
	{F4 "'shape': (1000000000000,)}", "abcd", 4, "f: its data end early: expected 4000000000000 bytes by its shape, found 4"},
	{F4 "'shape': (2,)}", "abcdefg", 7, "f: its data end early: expected 8 bytes by its shape, found 7"},
	{F4 "'shape': (2,)}", "abcdefghi", 9, "f: it goes on after its data: expected the end of the file after 8 bytes by its shape"},
	{"{'descr': [('a', '<f4')], " ORDER "'shape': (2,)}", "", 0, "f: descr is a structured type: expected f2, f4, f8, b1, i4 or i8"},
	{"{'descr': '|O', " ORDER "'shape': (2,)}", "", 0, "f: descr is '|O': expected f2, f4, f8 (float), b1 (bool), i4 or i8 (int) after < or >"},
	{"{'descr': '<c8', " ORDER "'shape': (2,)}", "", 0, "f: descr is '<c8': expected f2, f4, f8 (float), b1 (bool), i4 or i8 (int) after < or >"},
	{"{'descr': 'f4', " ORDER "'shape': (2,)}", "", 0, "f: descr is 'f4': expected f2, f4, f8 (float), b1 (bool), i4 or i8 (int) after < or >"},
	{"{'descr': '<f4, " ORDER "}", "", 0, "f: descr is '<f4, ': expected f2, f4, f8 (float), b1 (bool), i4 or i8 (int) after < or >"},
	{"{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}", "", 0, "f: fortran_order is \"0, 'shape': (2,)}\": expected True or False"},
	{"{'descr': '\x1b[31m', " ORDER "'shape': (2,)}", "", 0, "f: descr is '?[31m': expected f2, f4, f8 (float), b1 (bool), i4 or i8 (int) after < or >"}};

static size_t assemble(const struct hostile *h, char file[1024])
{
	size_t n = 0;
	if (h->dictionary) {
		n = strlen(h->dictionary);
		memcpy(file, HEAD, 10);
		file[8] = (char)(n & 255), file[9] = (char)(n >> 8);
		memcpy(file + 10, h->dictionary, n);
		n += 10;
	}
	memcpy(file + n, h->bytes, h->size);
	return n + h->size;
}

static void refuses_broken_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		char file[1024], why[512] = "";
		struct attn_tensor t;
		int rank;
		size_t n = assemble(&hostile[i], file);
		FILE *f = fmemopen(file, n, "rb");
		enum attn_status status = attn_npy_read_stream(f, "f", &t, &rank, why, sizeof why);
		fclose(f);
		assert_int_equal(status, ATTN_FAILED);
		assert_string_equal(why, hostile[i].why);
	}
}

/* Every prefix of a good file is refused, and so is the file with one byte more. */
static void refuses_every_truncation(void **state)
{
	char path[4096], whole[512], why[512];
	struct attn_tensor t;
	int rank;
	(void)state;
	path_of(path, "f4");
	FILE *f = fopen(path, "rb");
	size_t n = fread(whole, 1, sizeof whole, f);
	fclose(f);
	for (size_t cut = 1; cut <= n + 1; cut++) {
		f = fmemopen(whole, cut, "rb");
		enum attn_status status = attn_npy_read_stream(f, "f", &t, &rank, why, sizeof why);
		fclose(f);
		assert_int_equal(status, cut == n ? ATTN_OK : ATTN_FAILED);
		if (status == ATTN_OK)
			attn_tensor_free(&t);
	}
}

static void refuses_what_is_no_file(void **state)
{
	char why[4608];
	struct attn_tensor t;
	int rank;
	(void)state;
	assert_int_equal(attn_npy_read("no/such.npy", &t, &rank, why, sizeof why), ATTN_FAILED);
	assert_string_equal(why, "no/such.npy: No such file or directory: expected a .npy file");
	assert_int_equal(attn_npy_read("/", &t, &rank, why, sizeof why), ATTN_FAILED);
	assert_string_equal(why, "/: it is a directory: expected a .npy file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_numpy_wrote),   cmocka_unit_test(reads_back_what_it_wrote),        cmocka_unit_test(writes_the_bytes_of_numpy),
		cmocka_unit_test(bf16_is_widened),          cmocka_unit_test(a_discarded_file_leaves_nothing), cmocka_unit_test(unwritable_places_are_refused),
		cmocka_unit_test(refuses_broken_files),     cmocka_unit_test(refuses_every_truncation),        cmocka_unit_test(refuses_what_is_no_file)};
	return cmocka_run_group_tests_name("npy", tests, NULL, NULL);
}
