/** Services as @grpc/grpc-js wants them, made of what the generator says of them. */
import type { MethodDefinition } from "@grpc/grpc-js";

/** Turns a message into bytes, and back. */
interface Codec<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

interface Method {
  readonly name: string;
  readonly requestType: Codec<unknown>;
  readonly requestStream: boolean;
  readonly responseType: Codec<unknown>;
  readonly responseStream: boolean;
}

interface Service {
  readonly fullName: string;
  readonly methods: Readonly<Record<string, Method>>;
}

type Message<C> = C extends { decode(bytes: Uint8Array): infer T } ? T : never;

export type Methods<S extends Service> = {
  readonly [Name in keyof S["methods"]]: MethodDefinition<
    Message<S["methods"][Name]["requestType"]>,
    Message<S["methods"][Name]["responseType"]>
  >;
};

export function methodsOf<S extends Service>({ fullName, methods }: S): Methods<S> {
  const definitions = Object.entries(methods).map(([key, method]) => [key, define(fullName, method)]);
  return Object.fromEntries(definitions) as Methods<S>;
}

function define(service: string, method: Method): MethodDefinition<unknown, unknown> {
  const { name, requestType, requestStream, responseType, responseStream } = method;
  return {
    path: `/${service}/${name}`,
    requestStream,
    responseStream,
    requestSerialize: (message) => encode(requestType, message),
    requestDeserialize: (bytes) => requestType.decode(bytes),
    responseSerialize: (message) => encode(responseType, message),
    responseDeserialize: (bytes) => responseType.decode(bytes),
  };
}

function encode<T>(codec: Codec<T>, message: T): Buffer {
  const bytes = codec.encode(message).finish();
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
