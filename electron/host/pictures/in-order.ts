/** Work on many things, some of them at once; what comes of them comes in their order. */
export async function* inOrder<T, R>(
  items: Iterable<T>,
  atOnce: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const waiting: Promise<R>[] = []
  try {
    for (const item of items) {
      const result = work(item)
      // One that fails is thrown when its turn comes.
      result.catch(() => undefined)
      waiting.push(result)
      if (waiting.length >= atOnce) yield await waiting.shift()!
    }
    while (waiting.length > 0) yield await waiting.shift()!
  } finally {
    // Whoever stops listening finds nobody at work.
    await Promise.allSettled(waiting)
  }
}
