/**
 * A page whose files were replaced on the disk before this window had it: the new window has the new ones. Only for a page
 * that somebody opens, as what is fetched in the background is fetched again when it is opened, and once for each page and
 * build, as a window that cannot have it would be loaded over and over.
 */
import type { Router } from 'vue-router'

export interface Renewal {
  readonly marks: Pick<Storage, 'getItem' | 'setItem'>
  /** The whole window, at this page. */
  reload(path: string): void
  /** The window was renewed for this before: the page cannot be had now. */
  tell(): void
  /** Where this build's own code lies: it has another name in every build. */
  readonly build?: string
}

/** As browsers say that code of a page could not be had. */
const isMissingPage = (error: unknown): boolean =>
  error instanceof Error &&
  /dynamically imported module|importing a module script failed|unable to preload/i.test(error.message)

const markOf = (build: string): string => `descent-renewed:${build}`

export function renewForNewPages(
  router: Pick<Router, 'onError'>,
  { marks, reload, tell, build = import.meta.url }: Renewal,
): void {
  router.onError((error, to) => {
    if (!isMissingPage(error)) return
    if (marks.getItem(markOf(build)) !== null) return tell()
    marks.setItem(markOf(build), to.fullPath)
    reload(to.fullPath)
  })
}
