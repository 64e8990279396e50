/** A description from the document, with what is `marked as code` shown as code. */
export function Prose({ text }: { text: string }) {
  return text.split("`").map((part, index) =>
    index % 2 === 1 ? (
      // The parts of a text never change their places.
      // biome-ignore lint/suspicious/noArrayIndexKey: see above
      <code key={index} className="counter text-[0.92em] break-words">
        {part}
      </code>
    ) : (
      part
    ),
  );
}
