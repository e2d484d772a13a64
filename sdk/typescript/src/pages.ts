import { UnexpectedAnswer } from "./errors.js";

/** The most that a page holds. */
export const PAGE_SIZE = 100;

interface Identified {
  readonly id: string;
}

/** Yield what a list has, where each page begins after the last of the one before. */
export async function* byLast<T extends Identified>(
  fetchPage: (afterId: string | undefined) => Promise<readonly T[]>,
  size: number,
): AsyncGenerator<T, void, undefined> {
  let last: string | undefined;
  for (;;) {
    const items = await fetchPage(last);
    yield* items;
    const end = items.at(-1)?.id;
    if (end === undefined || items.length < size) return;
    if (end === last) throw new UnexpectedAnswer("The same page came twice.");
    last = end;
  }
}

/** Yield what a list has, where pages are cut by number. */
export async function* byNumber<T>(
  fetchPage: (offset: number) => Promise<{ items: readonly T[]; count: number }>,
  size: number,
): AsyncGenerator<T, void, undefined> {
  for (let offset = 0, count = 1; offset < count; offset += size) {
    const page = await fetchPage(offset);
    yield* page.items;
    count = page.count;
  }
}
