/**
 * Keys of the records by which a layer says of a file what Windows knows of it.
 *
 * Sources: go-winio, package backuptar; libarchive's tar(5) for the time of creation.
 */
import { Literal } from "../../bytes/literal";

/** Attributes, in decimal. */
export const FILE_ATTRIBUTES = new Literal("MSWINDOWS.fileattr");
/** A self-relative SECURITY_DESCRIPTOR, in base64. */
export const RAW_SECURITY_DESCRIPTOR = new Literal("MSWINDOWS.rawsd");
/** Of a symbolic link: it is a mount point. */
export const MOUNT_POINT = new Literal("MSWINDOWS.mountpoint");
/** The name of an extended attribute follows; its value is in base64. */
export const EA_PREFIX = new Literal("MSWINDOWS.xattr.");
/** A time as mtime is. */
export const CREATION_TIME = new Literal("LIBARCHIVE.creationtime");
