/** The Node that package.json pins, as a path; null where the registry has none for this platform. */
export function pinnedNode(): string | null
