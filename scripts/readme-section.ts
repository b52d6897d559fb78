/** Text between two marks of a Markdown file, which a program writes. */

/**
 * `text` with everything between `<!-- name:begin -->` and `<!-- name:end -->` replaced.
 * @throws Error when the marks are not there, once each and in this order.
 */
export function withSection(text: string, name: string, content: string): string {
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const [before, rest, more] = text.split(begin);
  const [old, after, moreEnd] = rest?.split(end) ?? [];
  if (old === undefined || after === undefined || more !== undefined || moreEnd !== undefined) {
    throw new Error(`the file needs ${begin} and ${end}, once each`);
  }
  return `${before}${begin}\n${content.trim()}\n${end}${after}`;
}
