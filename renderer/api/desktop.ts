/** What the preload script offers; in a browser there is none. */
export interface FileFilter {
  name: string
  extensions: string[]
}

export interface Desktop {
  readonly platform: string
  /** A native open dialog; null when the user cancels. */
  openFile(filters: FileFilter[]): Promise<string | null>
  /** The same for a folder. */
  openFolder(): Promise<string | null>
  /** A native save dialog; null when the user cancels. */
  saveFile(defaultName: string): Promise<string | null>
  /** Hears from then on what is chosen in the native menu: names of `appCommands`. */
  onCommand(listener: (id: string) => void): void
  /** Where a dropped file lies on the disk. */
  pathForFile(file: File): string
}

export const desktop: Desktop | undefined = typeof window === 'undefined' ? undefined : window.desktop
