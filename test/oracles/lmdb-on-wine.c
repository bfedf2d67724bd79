/*
 * lmdb maps more than its file has, and Windows lets the file grow with what is written there. Wine 8 refuses such a view.
 * A module for node's --require, without anything in it: where lmdb is loaded later, the two calls it maps with are ours.
 * They make the file as long as the view first. That is all that differs from Windows: the file has zeros at its end.
 *
 * Source: Microsoft Learn, NtCreateSection, ZwMapViewOfSection, LdrRegisterDllNotification; "PE Format", The .idata Section.
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#include <winternl.h>

typedef NTSTATUS(NTAPI *create_section_call)(HANDLE *, ACCESS_MASK, OBJECT_ATTRIBUTES *, LARGE_INTEGER *, ULONG, ULONG, HANDLE);
typedef NTSTATUS(NTAPI *map_view_call)(HANDLE, HANDLE, void **, ULONG_PTR, SIZE_T, LARGE_INTEGER *, SIZE_T *, DWORD, ULONG, ULONG);

static const NTSTATUS SECTION_TOO_BIG = (NTSTATUS)0xc0000040;

static create_section_call create_section;
static map_view_call map_view;

/* Of the section that this thread made last: lmdb maps it at once. */
static __thread struct {
  HANDLE section, file;
  ACCESS_MASK access;
  ULONG protection;
} last;

static NTSTATUS NTAPI create_section_of_file(HANDLE *section, ACCESS_MASK access, OBJECT_ATTRIBUTES *attributes,
                                             LARGE_INTEGER *size, ULONG protection, ULONG kind, HANDLE file) {
  NTSTATUS status = create_section(section, access, attributes, size, protection, kind, file);
  if (status == 0) {
    last.section = *section;
    last.file = file;
    last.access = access;
    last.protection = protection;
  }
  return status;
}

/*
 * To ask for its length and set another would cut off what a process beside us has made longer meanwhile, and written there.
 * A section that is longer than its file makes it longer in one step of Wine's server, and never shorter.
 */
static BOOL lengthen(HANDLE file, SIZE_T size) {
  LARGE_INTEGER end = {.QuadPart = size};
  HANDLE section;
  if (create_section(&section, SECTION_QUERY, NULL, &end, PAGE_READWRITE, SEC_COMMIT, file) != 0) return FALSE;
  CloseHandle(section);
  return TRUE;
}

static NTSTATUS NTAPI map_view_and_file(HANDLE section, HANDLE process, void **base, ULONG_PTR zero_bits, SIZE_T commit,
                                        LARGE_INTEGER *offset, SIZE_T *size, DWORD inherit, ULONG type, ULONG protection) {
  if (section != last.section || !(type & MEM_RESERVE)) {
    return map_view(section, process, base, zero_bits, commit, offset, size, inherit, type, protection);
  }
  if (!lengthen(last.file, *size)) return SECTION_TOO_BIG;
  HANDLE whole;
  NTSTATUS status = create_section(&whole, last.access, NULL, NULL, last.protection, SEC_COMMIT, last.file);
  if (status != 0) return status;
  status = map_view(whole, process, base, zero_bits, commit, offset, size, inherit, 0, protection);
  CloseHandle(whole);
  return status;
}

/* Commits what lmdb wrote at the end of its file. In our views all is committed, and Wine calls that a failure. */
static void *WINAPI allocate(void *address, SIZE_T size, DWORD type, DWORD protection) {
  MEMORY_BASIC_INFORMATION there;
  if (type == MEM_COMMIT && address != NULL && VirtualQuery(address, &there, sizeof there) == sizeof there &&
      there.Type == MEM_MAPPED && there.State == MEM_COMMIT) {
    return address;
  }
  return VirtualAlloc(address, size, type, protection);
}

static FARPROC WINAPI get_call(HMODULE library, const char *name) {
  FARPROC found = GetProcAddress(library, name);
  if ((ULONG_PTR)name > 0xffff && found != NULL) {
    if (found == (FARPROC)create_section) return (FARPROC)create_section_of_file;
    if (found == (FARPROC)map_view) return (FARPROC)map_view_and_file;
  }
  return found;
}

static void replace_import(BYTE *image, const char *name, void *ours) {
  IMAGE_NT_HEADERS *headers = (IMAGE_NT_HEADERS *)(image + ((IMAGE_DOS_HEADER *)image)->e_lfanew);
  DWORD at = headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT].VirtualAddress;
  if (at == 0) return;
  for (IMAGE_IMPORT_DESCRIPTOR *library = (IMAGE_IMPORT_DESCRIPTOR *)(image + at); library->Name != 0; library++) {
    IMAGE_THUNK_DATA *names = (IMAGE_THUNK_DATA *)(image + library->OriginalFirstThunk);
    IMAGE_THUNK_DATA *calls = (IMAGE_THUNK_DATA *)(image + library->FirstThunk);
    for (; names->u1.AddressOfData != 0; names++, calls++) {
      if (IMAGE_SNAP_BY_ORDINAL(names->u1.Ordinal)) continue;
      if (lstrcmpA(((IMAGE_IMPORT_BY_NAME *)(image + names->u1.AddressOfData))->Name, name) != 0) continue;
      DWORD before;
      VirtualProtect(calls, sizeof *calls, PAGE_READWRITE, &before);
      calls->u1.Function = (ULONG_PTR)ours;
      VirtualProtect(calls, sizeof *calls, before, &before);
    }
  }
}

struct loaded {
  ULONG flags;
  const UNICODE_STRING *path, *name;
  void *image;
  ULONG size;
};

typedef void(CALLBACK *notice)(ULONG reason, const struct loaded *, void *context);
typedef NTSTATUS(NTAPI *register_call)(ULONG flags, notice, void *context, void **cookie);

static void CALLBACK on_dll(ULONG reason, const struct loaded *dll, void *context) {
  (void)context;
  const ULONG LOADED = 1;
  if (reason != LOADED || wcsstr(dll->path->Buffer, L"lmdb-win32-x64") == NULL) return;
  replace_import(dll->image, "GetProcAddress", get_call);
  replace_import(dll->image, "VirtualAlloc", allocate);
}

BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, void *context) {
  (void)self, (void)context;
  if (reason != DLL_PROCESS_ATTACH) return TRUE;
  HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
  create_section = (create_section_call)(void *)GetProcAddress(ntdll, "NtCreateSection");
  map_view = (map_view_call)(void *)GetProcAddress(ntdll, "NtMapViewOfSection");
  register_call listen = (register_call)(void *)GetProcAddress(ntdll, "LdrRegisterDllNotification");
  void *cookie;
  return listen(0, on_dll, NULL, &cookie) == 0;
}

/* What node asks of each module. */
__declspec(dllexport) void *napi_register_module_v1(void *environment, void *exports) {
  (void)environment;
  return exports;
}
