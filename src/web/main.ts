/** The lecture page: state in the address, simulator in workers, panels drawn from both. */

import { chapterFigures } from "../experiment/chapter-points.ts";
import type { Context } from "./context.ts";
import { h } from "./dom.ts";
import { KEYS, pressed } from "./keys.ts";
import type { PageData } from "./page-data.ts";
import { shownMoments } from "./panels/failures.ts";
import { shownStations } from "./panels/path.ts";
import { Player } from "./player.ts";
import { SimulatorPool } from "./simulator-pool.ts";
import { chapterOf, moved, panelsOf, parseState, type State, stateHash, VIEWS } from "./state.ts";
import { isDark, isStill, themeOf } from "./theme.ts";
import { View, type ViewState } from "./view.ts";
import { likelyTasks, wantedTasks } from "./wanted.ts";

const VIEW_TITLES = { table: "overview", costs: "costs", figures: "published" } as const;
const MAX_WIDTH = 1_240;
/** What stands above and below a chart when presenting, in sizes of the page's type. */
const HEADINGS_EM = 10.4;
const MAX_WORKERS = 4;
/** Drawing a case study takes some 100 ms in Chromium, too long for every answer of the workers. */
const BETWEEN_ANSWERS_MS = 250;

class Page {
  readonly #data: PageData;
  readonly #pool: SimulatorPool;
  readonly #view = new View();
  readonly #open = new Set<string>();
  readonly #body = h("div", { id: "page" });
  readonly #help: HTMLDialogElement;
  #state: State;
  #own: ViewState = { knob: -1, cameFrom: undefined };
  #isScheduled = false;
  #drawnAtMs = 0;
  #nextAnswer: ReturnType<typeof setTimeout> | undefined;
  /** Something is pressed and not released yet: what is drawn has to stay until then. */
  #isPressed = false;
  /** Where the mouse was last seen; a finger points at nothing between two touches. */
  #pointer: { readonly x: number; readonly y: number } | undefined;
  #seesClaims = false;
  readonly #player = new Player(() => this.#context());

  constructor(data: PageData, makeWorker: () => Worker) {
    this.#data = data;
    const workers = Math.max(2, Math.min(MAX_WORKERS, navigator.hardwareConcurrency - 1));
    this.#pool = new SimulatorPool(makeWorker, workers, (isWanted) => {
      if (isWanted) this.#drawAnswer();
      else this.#showProgress();
    });
    this.#state = parseState(data, location.hash);
    this.#help = helpDialog();
    document.body.append(this.#body, this.#help);
    addEventListener("hashchange", () => this.#follow(location.hash));
    addEventListener("resize", () => this.#schedule());
    addEventListener("scroll", () => this.#lookForClaims(), { passive: true });
    addEventListener("keydown", (event) => this.#press(event));
    addEventListener(
      "pointermove",
      ({ pointerType, clientX: x, clientY: y }) => {
        this.#pointer = pointerType === "mouse" ? { x, y } : undefined;
      },
      { passive: true },
    );
    document.documentElement.addEventListener("pointerleave", () => {
      this.#pointer = undefined;
    });
    for (const begin of ["pointerdown", "keydown"]) {
      addEventListener(begin, () => this.#holdStill(true), { capture: true });
    }
    // A menu keeps the release to itself.
    for (const end of ["pointerup", "pointercancel", "contextmenu", "keyup", "blur"]) {
      addEventListener(end, () => this.#holdStill(false));
    }
    for (const query of ["(prefers-color-scheme: dark)", "(prefers-reduced-motion: reduce)"]) {
      matchMedia(query).addEventListener("change", () => this.#schedule());
    }
    this.#demand();
    this.#render();
  }

  #set(change: Partial<State>): void {
    const before = this.#state;
    const cameFrom = change.step !== undefined ? before.step : undefined;
    this.#own = { ...this.#own, cameFrom };
    this.#state = { ...before, ...change };
    this.#address(before.view !== this.#state.view);
    this.#demand();
    this.#render();
  }

  #go(view: State["view"]): void {
    this.#player.stop();
    this.#own = { knob: -1, cameFrom: undefined };
    this.#set(moved(this.#data, this.#state, view));
    scrollTo(0, 0);
  }

  /** Somebody changed the address: a link, or the way back. */
  #follow(hash: string): void {
    if (hash.replace(/^#/, "") === stateHash(this.#data, this.#state)) return;
    this.#state = parseState(this.#data, hash);
    this.#own = { knob: -1, cameFrom: undefined };
    this.#demand();
    this.#render();
  }

  #address(isNewPlace: boolean): void {
    const hash = `#${stateHash(this.#data, this.#state)}`;
    try {
      if (isNewPlace) history.pushState(null, "", hash);
      else history.replaceState(null, "", hash);
    } catch {
      // A sandboxed frame may not touch its history; the page works without.
    }
  }

  #demand(): void {
    const wanted = wantedTasks(this.#data, this.#state, this.#seesClaims);
    this.#pool.want(wanted, likelyTasks(this.#data, this.#state));
  }

  /** Claims are run when they come into sight, so that they never keep a knob waiting. */
  #lookForClaims(): void {
    const top = document.getElementById("claims")?.getBoundingClientRect().top;
    const isNear = top !== undefined && top < 1.2 * innerHeight;
    if (isNear === this.#seesClaims) return;
    this.#seesClaims = isNear;
    this.#demand();
  }

  /** The last answer is drawn at once; while more are to come, curves grow step by step. */
  #drawAnswer(): void {
    const waitMs = this.#drawnAtMs + BETWEEN_ANSWERS_MS - performance.now();
    if (this.#pool.pending === 0 || waitMs <= 0) this.#schedule();
    else this.#nextAnswer ??= setTimeout(() => this.#schedule(), waitMs);
  }

  /** Much may change at once: one drawing per frame is enough. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    if (!this.#isPressed) requestAnimationFrame(() => this.#renderScheduled());
  }

  #renderScheduled(): void {
    // Pressed in the meantime: it is drawn after the release.
    if (this.#isPressed || !this.#isScheduled) return;
    this.#isScheduled = false;
    this.#render();
  }

  /** A button that is drawn anew between press and release would never be clicked. */
  #holdStill(isPressed: boolean): void {
    this.#isPressed = isPressed;
    if (!isPressed && this.#isScheduled) requestAnimationFrame(() => this.#renderScheduled());
  }

  #context(): Context {
    const state = this.#state;
    const { presenting } = state;
    const padding = presenting ? 96 : innerWidth < 600 ? 24 : 96;
    const emPx = Math.max(18, Math.min(34, 0.016 * innerWidth));
    const available = document.documentElement.clientWidth - padding;
    return {
      data: this.#data,
      state,
      theme: themeOf(state),
      isStill: isStill(),
      width: presenting ? available : Math.min(MAX_WIDTH, available),
      height: presenting ? Math.max(240, innerHeight - HEADINGS_EM * emPx) : 380,
      fontSize: presenting ? Math.round(0.95 * emPx) : 13,
      answer: (task) => this.#pool.answer(task),
      set: (change) => this.#set(change),
      isOpen: (id) => this.#open.has(id),
      setOpen: (id, open) => {
        if (open) this.#open.add(id);
        else this.#open.delete(id);
      },
    };
  }

  #render(): void {
    clearTimeout(this.#nextAnswer);
    this.#nextAnswer = undefined;
    this.#drawnAtMs = performance.now();
    const ctx = this.#context();
    const { state } = ctx;
    const root = document.documentElement;
    root.dataset["theme"] = isDark(state) ? "dark" : "light";
    root.dataset["presenting"] = String(state.presenting);
    const chapter = chapterOf(this.#data, state);
    document.title = `kerneltax: ${chapter?.title ?? VIEW_TITLES[state.view as "table"]}`;
    const focused = document.activeElement?.id;
    const under = this.#pointer && namedAt(this.#pointer.x, this.#pointer.y);
    const main = h("main", {}, ...this.#view.panels(ctx, this.#own));
    this.#body.replaceChildren(this.#header(ctx), main, this.#footer(ctx));
    this.#own = { ...this.#own, cameFrom: undefined };
    // The element that had the focus may have been drawn anew: its successor takes over.
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    if (under) stayInPlace(under.id, under.top);
    this.#lookForClaims();
    this.#showProgress();
  }

  #showProgress(): void {
    const { pending, ahead, cancelled } = this.#pool;
    const { dataset } = document.body;
    dataset["pending"] = String(pending);
    dataset["ahead"] = String(ahead);
    dataset["cancelled"] = String(cancelled);
  }

  #header({ state }: Context): HTMLElement {
    const chapter = chapterOf(this.#data, state);
    const link = (view: State["view"], text: string): HTMLElement => {
      const target = moved(this.#data, state, view);
      return h(
        "a",
        {
          id: `to-${view}`,
          href: `#${stateHash(this.#data, target)}`,
          "aria-current": state.view === view ? "page" : undefined,
          onclick: (event) => {
            event.preventDefault();
            this.#go(view);
          },
        },
        text,
      );
    };
    const button = (id: string, text: string, label: string, act: () => void): HTMLElement =>
      h("button", { id, type: "button", "aria-label": label, title: label, onclick: act }, text);
    return h(
      "header",
      {},
      h(
        "nav",
        { class: "control", "aria-label": "case studies" },
        h("span", { class: "brand" }, "kerneltax"),
        ...this.#data.chapters.map(({ number, title }) => link(number, `${number} ${title}`)),
        ...VIEWS.map((view) => link(view, VIEW_TITLES[view])),
        h("span", { class: "space" }),
        button("present", "present", "present (P)", () => this.#set({ presenting: true })),
        button("theme", "◐", "dark or light (T)", () =>
          this.#set({ theme: isDark(state) ? "light" : "dark" }),
        ),
        button("help", "?", "keyboard (?)", () => this.#help.showModal()),
      ),
      chapter
        ? h("h1", {}, `Case study ${chapter.number}: ${chapter.title}`)
        : h("h1", {}, "What does the operating system cost your database?"),
      chapter && h("p", { class: "lead" }, chapter.question),
      chapter && h("p", { class: "background control" }, chapter.background),
    );
  }

  #footer({ state }: Context): HTMLElement {
    const chapter = chapterOf(this.#data, state);
    const panels = chapter ? panelsOf(chapter) : [];
    const place = `${panels.indexOf(state.panel) + 1} of ${panels.length}`;
    return h(
      "footer",
      {},
      state.presenting && chapter && h("p", { class: "place pale" }, `${state.panel}, ${place}`),
      h(
        "p",
        { class: "pale control" },
        `kerneltax ${this.#data.version}. Everything here is computed in this browser by the ` +
          "simulator itself; nothing is sent or loaded. Not modelled yet: " +
          `${chapter?.notModelled ?? this.#data.notModelled}`,
      ),
    );
  }

  #press(event: KeyboardEvent): void {
    const target = event.target as Element | null;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (target?.matches("input, select, textarea")) return;
    // Space and Enter press the button that has the focus.
    if (event.key === " " && target?.matches("button, summary, a")) return;
    if (this.#help.open) {
      if (event.key === "?") this.#help.close();
      return;
    }
    const state = this.#state;
    const chapter = chapterOf(this.#data, state);
    const ctx = this.#context();
    const stations = chapter ? shownStations(ctx, chapter) : [];
    const moments = chapter ? shownMoments(ctx, chapter) : [];
    const figures = this.#data.figures.map(({ id }) => id);
    const isKnown = pressed(
      {
        state,
        chapter,
        chapters: this.#data.chapters.map(({ number }) => number),
        lastStep: Math.max(0, stations.length - 1),
        lastMoment: Math.max(0, moments.length - 1),
        figures: chapter ? chapterFigures(chapter, figures) : figures,
        knob: this.#own.knob,
        isDark: isDark(state),
        set: (change) => this.#set(change),
        go: (view) => this.#go(view),
        pickKnob: (knob) => {
          this.#own = { ...this.#own, knob };
          this.#render();
        },
        play: () => this.#player.toggle(),
        help: () => this.#help.showModal(),
      },
      event.key,
    );
    if (isKnown) event.preventDefault();
  }
}

/** The innermost thing with a name at a place of the window, and how far down it begins. */
function namedAt(x: number, y: number): { readonly id: string; readonly top: number } | undefined {
  // Asked anew each time: what has just been drawn is not `:hover` before the mouse moves.
  const named = document.elementFromPoint(x, y)?.closest("main [id]");
  return named ? { id: named.id, top: named.getBoundingClientRect().top } : undefined;
}

/** What grows above the pointer must not push something else under it, about to be pressed. */
function stayInPlace(id: string, top: number): void {
  const successor = document.getElementById(id);
  if (successor) scrollBy(0, successor.getBoundingClientRect().top - top);
}

function helpDialog(): HTMLDialogElement {
  const dialog = h(
    "dialog",
    { id: "keys", "aria-labelledby": "keys-title" },
    h("h2", { id: "keys-title" }, "Keyboard"),
    h(
      "dl",
      {},
      ...KEYS.flatMap(({ shown, does }) => [h("dt", {}, h("kbd", {}, shown)), h("dd", {}, does)]),
    ),
    h("button", { id: "keys-close", type: "button", onclick: () => dialog.close() }, "Close"),
  );
  return dialog;
}

const textOf = (id: string): string => document.getElementById(id)?.textContent ?? "";

const data = JSON.parse(textOf("page-data")) as PageData;
const simulator = URL.createObjectURL(new Blob([textOf("simulator")], { type: "text/javascript" }));
new Page(data, () => new Worker(simulator));
