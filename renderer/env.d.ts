/// <reference types="vite/client" />
import type { Desktop } from './api/desktop.ts'

declare global {
  interface Window {
    /** Present in the desktop app only; the preload script puts it there. */
    readonly desktop?: Desktop
  }
}
