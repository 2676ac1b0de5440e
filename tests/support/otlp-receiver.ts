import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** https://github.com/open-telemetry/opentelemetry-proto: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status: { readonly code?: number; readonly message?: string };
  /** Of the process. */
  readonly resource: Readonly<Record<string, unknown>>;
}

/** Takes OTLP over HTTP as JSON, as a collector does, and keeps it. */
export interface OtlpReceiver extends AsyncDisposable {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  /** The bodies as they came. */
  text(): string;
  /** Headers of the requests so far. */
  readonly headers: readonly NodeJS.Dict<string | string[]>[];
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface Body {
  readonly resourceSpans?: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly {
      readonly spans: readonly (Omit<ReceivedSpan, "attributes" | "links" | "resource"> & {
        readonly attributes: readonly Attribute[];
        readonly links?: ReceivedSpan["links"];
      })[];
    }[];
  }[];
}

const flat = (attributes: readonly Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const headers: NodeJS.Dict<string | string[]>[] = [];
  let bodies = "";
  const server = createServer(async (request, response) => {
    const body = await text(request);
    bodies += body;
    headers.push(request.headers);
    if (request.url === "/v1/traces") {
      for (const { resource, scopeSpans } of (JSON.parse(body) as Body).resourceSpans ?? []) {
        const of = flat(resource.attributes);
        for (const span of scopeSpans.flatMap((scope) => scope.spans)) {
          const { attributes, links = [] } = span;
          spans.push({ ...span, attributes: flat(attributes), links, resource: of });
        }
      }
    }
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    headers,
    text: () => bodies,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
