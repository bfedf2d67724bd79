/**
 * cimfs.dll: composite images are written, mounted and read. Source: cimfs.h of the Windows SDK, its pages on Microsoft Learn;
 * functions that no page has, and their flags: hcsshim's declarations. Builds are those that hcsshim asks for.
 *
 * Functions return an HRESULT unless they are `void`. Handles are the DLL's own, not the kernel's; one image's are used one
 * call at a time.
 */
import { Dll } from "./dll.ts";
import { GUID } from "./guid.ts";
import { structure } from "./structure.ts";

/** Times are FILETIMEs. The buffers are: a self-relative SECURITY_DESCRIPTOR, REPARSE_DATA_BUFFER, FILE_FULL_EA_INFORMATIONs. */
export const CIMFS_FILE_METADATA = structure("CIMFS_FILE_METADATA", {
  Attributes: "uint32_t",
  FileSize: "int64_t", //                      0x08
  CreationTime: "int64_t", //                  0x10
  LastWriteTime: "int64_t", //                 0x18
  ChangeTime: "int64_t", //                    0x20
  LastAccessTime: "int64_t", //                0x28
  SecurityDescriptorBuffer: "const void *", // 0x30
  SecurityDescriptorSize: "uint32_t", //       0x38
  ReparseDataBuffer: "const void *", //        0x40
  ReparseDataSize: "uint32_t", //              0x48
  EaBuffer: "const void *", //                 0x50
  EaBufferSize: "uint32_t", //                 0x58  bytes
}); //                                         0x60

/** An image of those that are mounted as one. Of a block CIM `ImageDir` is the file or device. */
export const CIMFS_IMAGE_PATH = structure("CIMFS_IMAGE_PATH", {
  ImageDir: "str16",
  ImageName: "str16",
});

/** winnt.h of newer SDKs, also ntifs.h. */
export const FILE_STAT_BASIC_INFORMATION = structure("FILE_STAT_BASIC_INFORMATION", {
  FileId: "int64_t",
  CreationTime: "int64_t", //           0x08
  LastAccessTime: "int64_t", //         0x10
  LastWriteTime: "int64_t", //          0x18
  ChangeTime: "int64_t", //             0x20
  AllocationSize: "int64_t", //         0x28
  EndOfFile: "int64_t", //              0x30
  FileAttributes: "uint32_t", //        0x38
  ReparseTag: "uint32_t", //            0x3c
  NumberOfLinks: "uint32_t", //         0x40
  DeviceType: "uint32_t", //            0x44
  DeviceCharacteristics: "uint32_t", // 0x48
  Reserved: "uint32_t", //              0x4c
  VolumeSerialNumber: "int64_t", //     0x50
  FileId128: GUID, //                   0x58  16 bytes, and no GUID
}); //                                  0x68

export const CIM_CREATE_IMAGE_FLAGS = {
  NONE: 0,
  DO_NOT_EXPAND_PE_IMAGES: 0x1,
  FIXED_SIZE_CHUNKS: 0x2,
  BLOCK_CIM: 0x4,
  SINGLE_FILE_CIM: 0x8,
  CONSISTENT_CIM: 0x10,
  VERIFIED_CIM: 0x40,
} as const;

export const CIM_MOUNT_IMAGE_FLAGS = {
  NONE: 0,
  CHILD_ONLY: 0x1,
  ENABLE_DAX: 0x2,
  CACHE_FILES: 0x4,
  CACHE_REGIONS: 0x8,
  BLOCK_CIM: 0x10,
  SINGLE_FILE_CIM: 0x20,
  VERIFIED_CIM: 0x80,
} as const;

/** Of CimAddFsToMergedImage2. */
export const CIM_MERGE_FLAGS = { NONE: 0, SINGLE_FILE_CIM: 0x1, BLOCK_CIM: 0x2, VERIFIED_CIM: 0x4 } as const;

/** Of CimReadFile2 and CimGetFileStatBasicInformation2. */
export const CIM_READ_FLAGS = { NONE: 0, SINGLE_FILE_CIM: 0x1 } as const;

/** Bytes: the digest of a sealed image. */
export const CIM_HASH_SIZE = 32;

export type CimWriteCalls = ReturnType<typeof declareWriteCalls>;

/**
 * What cimfs.dll and cimwriter.dll both have: all that writes.
 *
 * In CimCreateImage and CimCreateImage2, a name that is null is not a name that is "".
 */
export function declareWriteCalls(dll: Dll) {
  return {
    /** Build 19041. */
    CimCreateImage: dll.declare(
      "int32_t CimCreateImage(str16 imageContainingPath, str16 existingImageName, str16 newImageName, _Out_ void **cimImageHandle)",
    ),
    /** Build 27766, or cimwriter.dll. */
    CimCreateImage2: dll.declare(
      "int32_t CimCreateImage2(str16 imageContainingPath, uint32_t createImageFlags, str16 existingImageName, str16 newImageName, _Out_ void **cimImageHandle)",
    ),
    /** Build 19041, as are all that have none said. */
    CimCommitImage: dll.declare("int32_t CimCommitImage(void *cimImageHandle)"),
    CimCloseImage: dll.declare("void CimCloseImage(void *cimImageHandle)"),

    CimCreateFile: dll.declare(
      "int32_t CimCreateFile(void *cimImageHandle, str16 imageRelativePath, const CIMFS_FILE_METADATA *fileMetadata, _Out_ void **cimStreamHandle)",
    ),
    CimCreateAlternateStream: dll.declare(
      "int32_t CimCreateAlternateStream(void *cimImageHandle, str16 imageRelativePath, uint64_t streamSize, _Out_ void **cimStreamHandle)",
    ),
    CimWriteStream: dll.declare(
      "int32_t CimWriteStream(void *cimStreamHandle, const void *buffer, uint32_t bufferSize)",
    ),
    CimCloseStream: dll.declare("void CimCloseStream(void *cimStreamHandle)"),
    CimCreateHardLink: dll.declare(
      "int32_t CimCreateHardLink(void *cimImageHandle, str16 imageRelativePath, str16 existingImageRelativePath)",
    ),
    CimDeletePath: dll.declare("int32_t CimDeletePath(void *cimImageHandle, str16 imageRelativePath)"),

    /** Build 26100; CimAddFsToMergedImage2 27766. Both: or cimwriter.dll. */
    CimAddFsToMergedImage: dll.declare("int32_t CimAddFsToMergedImage(void *cimImageHandle, str16 imagePath)"),
    CimAddFsToMergedImage2: dll.declare(
      "int32_t CimAddFsToMergedImage2(void *cimImageHandle, str16 imagePath, uint32_t mergeFlags)",
    ),
    /** Build 27766, or cimwriter.dll, as the next. */
    CimTombstoneFile: dll.declare("int32_t CimTombstoneFile(void *cimImageHandle, str16 imageRelativePath)"),
    CimCreateMergeLink: dll.declare(
      "int32_t CimCreateMergeLink(void *cimImageHandle, str16 imageRelativePath, str16 existingImageRelativePath)",
    ),

    /** Build 27800, or cimwriter.dll, as the next. `hash` has room for CIM_HASH_SIZE bytes. */
    CimSealImage: dll.declare(
      "int32_t CimSealImage(str16 blockCimPath, _Inout_ uint64_t *hashSize, _Out_ uint64_t *fixedHeaderSize, _Out_ void *hash)",
    ),
    CimGetVerificationInformation: dll.declare(
      "int32_t CimGetVerificationInformation(str16 blockCimPath, _Out_ uint32_t *isSealed, _Inout_ uint64_t *hashSize, _Inout_ uint64_t *signatureSize, _Out_ uint64_t *fixedHeaderSize, _Out_ void *hash, _Out_ void *signature)",
    ),
  };
}

export const cimfs = new Dll("cimfs.dll");

export const cimfsWriteCalls = declareWriteCalls(cimfs);

/** Build 19041. `volumeId` is 16 bytes of a GUID, in all that have one. */
export const CimMountImage = cimfs.declare(
  "int32_t CimMountImage(str16 imageContainingPath, str16 imageName, uint32_t mountImageFlags, const void *volumeId)",
);
/** Build 19041. */
export const CimDismountImage = cimfs.declare("int32_t CimDismountImage(const void *volumeId)");

/** Build 27766. The merged image first, then those that it is merged of, in the order in which they were added. */
export const CimMergeMountImage = cimfs.declare(
  "int32_t CimMergeMountImage(uint32_t imageCount, const CIMFS_IMAGE_PATH *imagePaths, uint32_t mountImageFlags, const void *volumeId)",
);
/** Build 27800, as the next. */
export const CimMountVerifiedImage = cimfs.declare(
  "int32_t CimMountVerifiedImage(str16 imageContainingPath, str16 imageName, uint32_t mountImageFlags, const void *volumeId, uint16_t hashSize, const void *hash)",
);
export const CimMergeMountVerifiedImage = cimfs.declare(
  "int32_t CimMergeMountVerifiedImage(uint32_t imageCount, const CIMFS_IMAGE_PATH *imagePaths, uint32_t mountImageFlags, const void *volumeId, uint16_t hashSize, const void *hash)",
);

/** Files are read from an image that is not mounted: Windows 11 and newer, as the next. `imagePath` ends in the image's name. */
export const CimReadFile = cimfs.declare(
  "int32_t CimReadFile(str16 imagePath, str16 filePath, uint64_t offset, _Out_ void *buffer, uint64_t bufferSize, _Out_ uint64_t *bytesRead, _Out_ uint64_t *bytesRemaining)",
);
export const CimGetFileStatBasicInformation = cimfs.declare(
  "int32_t CimGetFileStatBasicInformation(str16 imagePath, str16 filePath, _Out_ FILE_STAT_BASIC_INFORMATION *statInfo)",
);
/** Also of block CIMs. In no SDK that is public; hcsshim had them in an unmerged branch. */
export const CimReadFile2 = cimfs.declare(
  "int32_t CimReadFile2(str16 imagePath, str16 filePath, uint64_t offset, _Out_ void *buffer, uint64_t bufferSize, _Out_ uint64_t *bytesRead, _Out_ uint64_t *bytesRemaining, uint32_t flags)",
);
export const CimGetFileStatBasicInformation2 = cimfs.declare(
  "int32_t CimGetFileStatBasicInformation2(str16 imagePath, str16 filePath, _Out_ FILE_STAT_BASIC_INFORMATION *statInfo, uint32_t flags)",
);
/** Of a block CIM, as one of files. Windows 11 and newer. */
export const CimConvertBlockImage = cimfs.declare(
  "int32_t CimConvertBlockImage(str16 imageContainingPath, str16 existingImageName, str16 newImageContainingPath)",
);
