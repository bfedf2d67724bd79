/** ole32.dll, as combaseapi.h declares it. */
import { Dll } from "./dll.ts";

export const ole32 = new Dll("ole32.dll");

export const CoTaskMemFree = ole32.declare("void CoTaskMemFree(void *pv)");
