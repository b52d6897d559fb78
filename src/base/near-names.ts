/** Names that somebody may have meant who wrote another one. */

/** Most names that are proposed. */
const NEAR_MAX = 3;

/** Those of `known` that differ from `name` in few letters, the nearest first. */
export function nearNames(name: string, known: Iterable<string>): string[] {
  const most = Math.max(2, Math.floor(name.length / 4));
  return [...known]
    .map((other) => ({ other, edits: editsBetween(name.toLowerCase(), other.toLowerCase()) }))
    .filter(({ edits }) => edits <= most)
    .sort((one, two) => one.edits - two.edits)
    .slice(0, NEAR_MAX)
    .map(({ other }) => other);
}

/** Letters to insert, to remove or to replace (Levenshtein), row by row. */
function editsBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
