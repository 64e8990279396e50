/** A stream of server-sent events, as text. */
export interface EventStream {
  /** Waits until what has come since the last call matches; @returns it */
  until(pattern: RegExp): Promise<string>;
  close(): Promise<void>;
}

export async function openEventStream(url: string, token: string): Promise<EventStream> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = "";
  return {
    async until(pattern) {
      while (!pattern.test(text)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`the stream ended before ${pattern}: ${text}`);
        text += decoder.decode(value, { stream: true });
      }
      const seen = text;
      text = "";
      return seen;
    },
    close: () => reader.cancel(),
  };
}
