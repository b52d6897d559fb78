/** Elements as expressions. Nothing here takes markup: text stays text. */

type Value = string | number | boolean | undefined | ((event: Event) => void);
export type Attributes = Readonly<Record<string, Value>>;
export type Child = Node | string | undefined | false;

const SVG = "http://www.w3.org/2000/svg";

/** An HTML element; `onclick` and its like are listeners, `false` and undefined leave out. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  return filled(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[Tag] {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled<Built extends Element>(
  element: Built,
  attributes: Attributes,
  children: readonly Child[],
): Built {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) {
    if (child !== undefined && child !== false) element.append(child);
  }
  return element;
}

/** A table with a header row; `right` are the columns of numbers. */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly (Node | string)[])[],
  right: (column: number) => boolean = () => false,
): HTMLElement {
  const cellClass = (column: number): Attributes => (right(column) ? { class: "number" } : {});
  const content = h(
    "table",
    {},
    h("caption", {}, caption),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        ...head.map((text, column) => h("th", { scope: "col", ...cellClass(column) }, text)),
      ),
    ),
    h(
      "tbody",
      {},
      ...rows.map((row) =>
        h("tr", {}, ...row.map((cell, column) => h("td", cellClass(column), cell))),
      ),
    ),
  );
  // A wide table scrolls by itself; whoever has no mouse must be able to reach it.
  return h("div", { class: "table", tabindex: 0, role: "region", "aria-label": caption }, content);
}
