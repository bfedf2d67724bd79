/** ole32.dll, as combaseapi.h declares it. */
import type { TypeObject } from "koffi";
import { Dll } from "./dll.ts";
import { stringToFree } from "./structure.ts";

export const ole32 = new Dll("ole32.dll");

export const CoTaskMemFree = ole32.declare("void CoTaskMemFree(void *pv)");

/** A string that CoTaskMemFree frees. */
export const TaskString: TypeObject = stringToFree("TaskString", CoTaskMemFree);
