/* As hungry for stack as a function of Windows may be. */
#include "double.h"

#define PAGE 4096

/* @returns how many pages of stack it took, one after another */
__declspec(dllexport) DWORD WINAPI takeStack(DWORD pages) {
  volatile char page[PAGE];
  page[0] = 1;
  return pages > 1 ? takeStack(pages - 1) + page[0] : 1;
}
