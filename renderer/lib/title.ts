/** What the window is called: where one is, from the nearest to the whole. */
export function pageTitle(page: string | null, project: string | null): string {
  return [page, project, 'Descent'].filter(Boolean).join(' · ')
}
