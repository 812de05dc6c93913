/* A shared object that is no plugin: it has another symbol.
 * SPDX-License-Identifier: Apache-2.0 */
__attribute__((visibility("default"))) int something_else(void);
int something_else(void) { return 0; }
