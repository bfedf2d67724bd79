/**
 * kernel32.dll, as fileapi.h, handleapi.h, winbase.h and their like declare it. Where a function gives 0, or CreateFileW
 * INVALID_HANDLE_VALUE, GetLastError is called next, on the same thread: koffi keeps what it says from one call to the next.
 */
import { Dll } from "./dll.ts";
import { structure } from "./structure.ts";

export const kernel32 = new Dll("kernel32.dll");

export const GetLastError = kernel32.declare("uint32_t GetLastError()");
export const CloseHandle = kernel32.declare("int32_t CloseHandle(void *hObject)");
/** For this process alone, and not to be closed. */
export const GetCurrentProcess = kernel32.declare("void *GetCurrentProcess()");
/** Gives null. */
export const LocalFree = kernel32.declare("void *LocalFree(void *hMem)");

export const INVALID_HANDLE_VALUE = 0xffff_ffff_ffff_ffffn;
export const GENERIC = { READ: 0x80000000, WRITE: 0x40000000 } as const;
export const DELETE = 0x10000;
export const READ_CONTROL = 0x20000;
export const WRITE_DAC = 0x40000;
export const WRITE_OWNER = 0x80000;
export const ACCESS_SYSTEM_SECURITY = 0x1000000;
export const FILE_SHARE = { READ: 0x1, WRITE: 0x2, DELETE: 0x4 } as const;
export const CREATE_NEW = 1;
export const CREATE_ALWAYS = 2;
export const OPEN_EXISTING = 3;
export const OPEN_ALWAYS = 4;
export const FILE_ATTRIBUTE = {
  READONLY: 0x1,
  HIDDEN: 0x2,
  SYSTEM: 0x4,
  DIRECTORY: 0x10,
  ARCHIVE: 0x20,
  NORMAL: 0x80,
  SPARSE_FILE: 0x200,
  REPARSE_POINT: 0x400,
} as const;
/** BACKUP_SEMANTICS: directories are opened too. */
export const FILE_FLAG = { BACKUP_SEMANTICS: 0x2000000, OPEN_REPARSE_POINT: 0x200000 } as const;

export const CreateFileW = kernel32.declare(
  "void *CreateFileW(str16 lpFileName, uint32_t dwDesiredAccess, uint32_t dwShareMode, const void *lpSecurityAttributes, uint32_t dwCreationDisposition, uint32_t dwFlagsAndAttributes, void *hTemplateFile)",
);
/** minwinbase.h */
export const SECURITY_ATTRIBUTES = structure("SECURITY_ATTRIBUTES", {
  nLength: "uint32_t", //             0x00  bytes of all
  lpSecurityDescriptor: "void *", //  0x08
  bInheritHandle: "int32_t", //       0x10
}); //                                0x18
export const CreateDirectoryW = kernel32.declare(
  "int32_t CreateDirectoryW(str16 lpPathName, const SECURITY_ATTRIBUTES *lpSecurityAttributes)",
);
export const DeviceIoControl = kernel32.declare(
  "int32_t DeviceIoControl(void *hDevice, uint32_t dwIoControlCode, const void *lpInBuffer, uint32_t nInBufferSize, _Out_ void *lpOutBuffer, uint32_t nOutBufferSize, _Out_ uint32_t *lpBytesReturned, void *lpOverlapped)",
);
/** winioctl.h. Out: an i64, bytes of the partition. */
export const IOCTL_DISK_GET_LENGTH_INFO = 0x7405c;
/** In: an i64, sectors that the filesystem is to have. */
export const FSCTL_EXTEND_VOLUME = 0x900f0;
/** Bytes, of what the caller may use. The directory is any, and ends in a backslash. */
export const GetDiskFreeSpaceExW = kernel32.declare(
  "int32_t GetDiskFreeSpaceExW(str16 lpDirectoryName, _Out_ uint64_t *lpFreeBytesAvailableToCaller, _Out_ uint64_t *lpTotalNumberOfBytes, _Out_ uint64_t *lpTotalNumberOfFreeBytes)",
);
/** Of a path with a colon the stream alone. */
export const DeleteFileW = kernel32.declare("int32_t DeleteFileW(str16 lpFileName)");
/** The size of the buffer is of UTF-16 units. Gives that of the path, or that which it needs. */
export const GetFinalPathNameByHandleW = kernel32.declare(
  "uint32_t GetFinalPathNameByHandleW(void *hFile, _Out_ void *lpszFilePath, uint32_t cchFilePath, uint32_t dwFlags)",
);
export const VOLUME_NAME = { DOS: 0x0, GUID: 0x1, NT: 0x2, NONE: 0x4 } as const;
/** A BOOLEAN. */
export const CreateSymbolicLinkW = kernel32.declare(
  "uint8_t CreateSymbolicLinkW(str16 lpSymlinkFileName, str16 lpTargetFileName, uint32_t dwFlags)",
);
/** The second: also for users who are no administrators, in developer mode. */
export const SYMBOLIC_LINK_FLAG = { DIRECTORY: 0x1, ALLOW_UNPRIVILEGED_CREATE: 0x2 } as const;

/** Sizes of buffers are of UTF-16 units, in all that ask of volumes. Names of volumes, and of what one is mounted on, end in a backslash. */
export const GetVolumeInformationW = kernel32.declare(
  "int32_t GetVolumeInformationW(str16 lpRootPathName, _Out_ void *lpVolumeNameBuffer, uint32_t nVolumeNameSize, _Out_ uint32_t *lpVolumeSerialNumber, _Out_ uint32_t *lpMaximumComponentLength, _Out_ uint32_t *lpFileSystemFlags, _Out_ void *lpFileSystemNameBuffer, uint32_t nFileSystemNameSize)",
);
export const GetVolumePathNameW = kernel32.declare(
  "int32_t GetVolumePathNameW(str16 lpszFileName, _Out_ void *lpszVolumePathName, uint32_t cchBufferLength)",
);
export const GetVolumeNameForVolumeMountPointW = kernel32.declare(
  "int32_t GetVolumeNameForVolumeMountPointW(str16 lpszVolumeMountPoint, _Out_ void *lpszVolumeName, uint32_t cchBufferLength)",
);
export const SetVolumeMountPointW = kernel32.declare(
  "int32_t SetVolumeMountPointW(str16 lpszVolumeMountPoint, str16 lpszVolumeName)",
);
export const DeleteVolumeMountPointW = kernel32.declare("int32_t DeleteVolumeMountPointW(str16 lpszVolumeMountPoint)");

/** What stands before each stream that BackupRead gives and BackupWrite takes; the name begins at 0x14, where the header ends. */
export const WIN32_STREAM_ID = structure("WIN32_STREAM_ID", {
  dwStreamId: "uint32_t", //         0x00  a BACKUP
  dwStreamAttributes: "uint32_t", // 0x04
  Size: "int64_t", //                0x08  bytes of the stream
  dwStreamNameSize: "uint32_t", //   0x10  bytes
  cStreamName: "char16_t [1]", //    0x14
});

export const BACKUP = {
  DATA: 1,
  EA_DATA: 2,
  SECURITY_DATA: 3,
  ALTERNATE_DATA: 4,
  LINK: 5,
  OBJECT_ID: 7,
  REPARSE_DATA: 8,
  SPARSE_BLOCK: 9,
  TXFS_DATA: 10,
} as const;

/** `lpContext` begins as null and is kept from call to call; a last one with `bAbort` lets go of it. The next two alike. */
export const BackupRead = kernel32.declare(
  "int32_t BackupRead(void *hFile, _Out_ void *lpBuffer, uint32_t nNumberOfBytesToRead, _Out_ uint32_t *lpNumberOfBytesRead, int32_t bAbort, int32_t bProcessSecurity, _Inout_ void **lpContext)",
);
export const BackupWrite = kernel32.declare(
  "int32_t BackupWrite(void *hFile, const void *lpBuffer, uint32_t nNumberOfBytesToWrite, _Out_ uint32_t *lpNumberOfBytesWritten, int32_t bAbort, int32_t bProcessSecurity, _Inout_ void **lpContext)",
);
export const BackupSeek = kernel32.declare(
  "int32_t BackupSeek(void *hFile, uint32_t dwLowBytesToSeek, uint32_t dwHighBytesToSeek, _Out_ uint32_t *lpdwLowByteSeeked, _Out_ uint32_t *lpdwHighByteSeeked, _Inout_ void **lpContext)",
);
