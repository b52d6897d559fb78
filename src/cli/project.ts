/** Where the package lies and which version it is. */
import { existsSync, readFileSync } from "node:fs";

/** Directory of the package, ending in a slash: the same from `src/` and from `dist/src/`. */
export const PROJECT_ROOT: URL = findRoot();
export const VERSION: string = JSON.parse(readProjectFile("package.json")).version;

/** Text of a file of the package. */
export function readProjectFile(path: string): string {
  return readFileSync(new URL(path, PROJECT_ROOT), "utf8");
}

function findRoot(): URL {
  let folder = new URL("./", import.meta.url);
  while (!existsSync(new URL("package.json", folder))) {
    const above = new URL("../", folder);
    if (above.href === folder.href) throw new Error("package.json of kerneltax is missing");
    folder = above;
  }
  return folder;
}
