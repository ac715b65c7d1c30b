/** Names that the pinned Node's package may have for a platform. */
export function nodePackages(platform: string, arch: string): string[]

/** The Node that package.json pins, as a path; null where the registry has none for this platform. */
export function pinnedNode(): string | null
