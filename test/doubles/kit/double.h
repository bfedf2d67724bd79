/*
 * What all doubles share: the record of calls, checks of what is passed, failures on demand, and what is open.
 *
 * A double's function reads: beginCall, its arguments one by one, endCall with the answer. Between the two it holds a lock that
 * all processes share. What a caller does wrong is written down by `broken`, in words, and answered as Windows would.
 *
 * The folder that %LAYERKILN_DOUBLES% names takes the record, "calls.jsonl", and what a kernel would keep when a process ends.
 * %LAYERKILN_DOUBLES_FAIL% says which calls fail: "SERIAL:FUNCTION=RESULT@NTH", the n-th from now on, or each if that is 0.
 */
#pragma once
#define __USE_MINGW_ANSI_STDIO 1 /* printf as C99 has it */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <stddef.h>
#include <stdio.h>

#ifdef KIT
#define SHARED __declspec(dllexport)
#else
#define SHARED __declspec(dllimport)
#endif
#define EXPORT __declspec(dllexport)

/*
 * The longest path of Windows, in UTF-16 units, with its NUL. Such paths are static: the threads that koffi calls on have little
 * stack, and the lock lets only one in.
 */
#define PATH_ROOM 32768

/* The answer of a call: the one that a test demands, or that of `act`, which then is not done. */
#define ANSWER(act) (isFailureDemanded() ? demandedResult() : (DWORD)(act))

/* What functions that return nothing leave in RAX: nobody may read it. */
#define NOTHING 0xcccccccc80004005ull

/* ---- The record ---- */

SHARED void beginCall(const char *function);
/* The same, of a function that may not be called for `handle` while another is. */
SHARED void beginCallOn(const char *function, HANDLE handle);
SHARED DWORD endCall(DWORD result);
SHARED BOOL isFailureDemanded(void);
SHARED DWORD demandedResult(void);

/* Says what the caller did wrong. */
SHARED void broken(const char *format, ...) __attribute__((format(gnu_printf, 1, 2)));
/* Says that `label` is open from now on, or is not any more. */
SHARED void noteOpened(const char *label);
SHARED void noteClosed(const char *label);

/* ---- Arguments: each is written down, and checked if it says so. A name of NULL stands for an item of an array. ---- */

SHARED void beginArray(const char *name);
SHARED void endArray(void);
SHARED void beginStructure(const char *name);
SHARED void endStructure(void);

SHARED void argNumber(const char *name, DWORD value);
/* As a decimal string: JavaScript's numbers end at 2^53. */
SHARED void argLong(const char *name, LONGLONG value);
/* @returns FALSE if there are flags that nobody knows */
SHARED BOOL argFlags(const char *name, DWORD value, DWORD known);
SHARED void argNull(const char *name);
SHARED void argWords(const char *name, const char *words);

/* What was written down since `mark`, to be freed: `"FileSize":"5","raw":"00"`. */
SHARED SIZE_T markArguments(void);
SHARED char *argumentsSince(SIZE_T mark);

/* A string of UTF-16. @returns FALSE if it is none, or NULL */
SHARED BOOL argText(const char *name, PCWSTR text);
SHARED BOOL argOptionalText(const char *name, PCWSTR text);
/* @returns FALSE if it is none, or a path from wherever the process happens to be */
SHARED BOOL argAbsolutePath(const char *name, PCWSTR path);
/* @returns FALSE if it cannot be read */
SHARED BOOL argGuid(const char *name, const GUID *guid);
/* The bytes in hexadecimal, not more than 64 KiB of them. @returns FALSE if they cannot be read */
SHARED BOOL argBytes(const char *name, const void *bytes, SIZE_T length);
/* Whether `bytes` can be read and lie as the type demands. */
SHARED BOOL isReadable(const char *name, const void *bytes, SIZE_T length, SIZE_T alignment);
/* Where an answer goes: filled with junk. @returns FALSE if it cannot be written to */
SHARED BOOL argOut(const char *name, void *out, SIZE_T length);

/* ---- Structures of Windows that more than one DLL takes ---- */

SHARED BOOL isSecurityDescriptor(const char *name, const void *descriptor, SIZE_T length);
SHARED BOOL isExtendedAttributes(const char *name, const void *attributes, SIZE_T length);
SHARED BOOL isReparseData(const char *name, const void *data, SIZE_T length);
/* Whether the process holds the privilege, switched on. */
SHARED BOOL hasPrivilege(PCWSTR privilege);

/* ---- Handles that this process has. They are numbers that point nowhere. ---- */

SHARED HANDLE newHandle(const char *kind, void *object);
/* @returns its object; NULL if it is none of that kind, or closed */
SHARED void *argHandle(const char *name, const char *kind, HANDLE handle);
/* Whether it is one of that kind, open or closed. */
SHARED BOOL isHandleOf(const char *kind, HANDLE handle);
/* Of a handle that lives. */
SHARED void *objectOf(HANDLE handle);
SHARED void closeHandle(HANDLE handle);
/* What only one may have at a time, of all processes, and none once its process ended. @returns NULL if another has it */
SHARED HANDLE claim(const char *kind, PCWSTR key);

/* ---- What is closed by others: handles of the kernel's, by CloseHandle, and memory ---- */

/* `whenClosed` is told of it as soon as we notice, and of the other handles of that subject there are none then; or NULL. */
SHARED HANDLE newSystemHandle(const char *kind, PCWSTR subject, void (*whenClosed)(PCWSTR subject));
/* @returns what it is of; NULL if it is none of that kind, or closed */
SHARED PCWSTR argSystemHandle(const char *name, const char *kind, HANDLE handle);
SHARED PCWSTR findSystemHandle(const char *kind, HANDLE handle);
/* A copy that the caller must free, which makes it known whether he does. */
SHARED PWSTR giveString(const char *kind, void *(*allocate)(SIZE_T length), PCWSTR text);
/* Writes down what was closed without our being called. Tests call it too, before they ask what is open. */
SHARED void settle(void);

/* ---- JSON, as Windows takes it ---- */

SHARED BOOL isJson(PCWSTR text);
/* @param path  such as "Layers.0.Path"; @returns where the value begins; NULL if there is none */
SHARED PCWSTR findJson(PCWSTR text, const char *path);
/* @returns FALSE if it is no string, or too long */
SHARED BOOL jsonString(PCWSTR value, WCHAR *string, SIZE_T room);

/* ---- What the kernel knows, whichever process asks: small texts by kind and key. Case of the key does not count. ---- */

SHARED BOOL kernelHas(const char *kind, PCWSTR key);
/* @returns FALSE if there is none */
SHARED BOOL kernelGet(const char *kind, PCWSTR key, WCHAR *value, SIZE_T room);
/* A kind that begins with "." is a note of ours, which is not open to anybody. */
SHARED void kernelPut(const char *kind, PCWSTR key, PCWSTR value);
SHARED void kernelDelete(const char *kind, PCWSTR key);

/* ---- Files, as Wine has them ---- */

SHARED BOOL isDirectory(PCWSTR path);
SHARED BOOL isFile(PCWSTR path);
/* `format` as of _snwprintf. @returns FALSE if it is too long */
SHARED BOOL joinPath(WCHAR *path, PCWSTR directory, PCWSTR name);
SHARED DWORD makeTree(PCWSTR path);
SHARED DWORD copyTree(PCWSTR from, PCWSTR to);
SHARED DWORD removeTree(PCWSTR path);
/* @returns ERROR_FILE_EXISTS and such */
SHARED DWORD writeNewFile(PCWSTR path, const void *bytes, DWORD length);
SHARED DWORD appendToFile(PCWSTR path, const void *bytes, DWORD length);
/* @returns all of it and a NUL, to be freed; NULL where there is no such file */
SHARED char *readWholeFile(PCWSTR path);

/* ---- Volumes: \\?\Volume{guid}\ is a directory of Wine's prefix ---- */

#define GUID_ROOM 37
#define VOLUME_ROOM 64

SHARED void guidText(const GUID *guid, WCHAR text[GUID_ROOM]);
/* FALSE: text is no GUID. */
SHARED BOOL guidOf(PCWSTR text, GUID *guid);
/* A GUID of version 8 of the name, without regard to case: FNV-1a, twice, of its UTF-16. */
SHARED void guidOfName(PCWSTR name, GUID *guid);
SHARED void volumePath(const GUID *guid, WCHAR path[VOLUME_ROOM]);
SHARED DWORD makeVolume(const GUID *guid);
SHARED DWORD removeVolume(const GUID *guid);
/* A device, such as "physicaldrive0", as an empty file of the prefix. */
SHARED DWORD makeDevice(PCWSTR name);
SHARED DWORD removeDevice(PCWSTR name);
