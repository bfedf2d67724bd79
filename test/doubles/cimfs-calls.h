/* What the files of the double of cimfs.dll share of its calls. */
#pragma once
#include "cimfs-image.h"

/* CimCreateImage2's. */
#define CREATE_BLOCK_CIM 0x4
#define CREATE_SINGLE_FILE_CIM 0x8
#define CREATE_FLAGS 0x5f

/* The kernel's note of an image that is mounted, by its path. */
#define MOUNTED_CIM ".mounted cim"

HRESULT code(DWORD error);
/* Says why, too. */
HRESULT refuse(DWORD error, const char *why);

/* @returns NULL if nothing may be done to it any more */
struct Image *argImage(HANDLE handle);
/* The name of an image; NULL is one that is not given. @returns FALSE if it is none */
BOOL argImageName(const char *name, PCWSTR value);
/* A path in the image. @returns without the backslash that it may begin with; NULL if it is none */
PCWSTR argPath(const char *name, PCWSTR path);

/* Whether images of these flags are a file each, or on a device. */
BOOL isInFile(DWORD flags);
/* Where an image of that name lies. */
void imagePath(PCWSTR place, PCWSTR name, DWORD flags, WCHAR path[PATH_ROOM]);
