/** The theme's colors for what is drawn rather than styled: canvases and files. */
import { createSharedComposable, useMediaQuery, useMutationObserver } from '@vueuse/core'
import { shallowRef, watch } from 'vue'
import type { Palette } from '../lib/chart-model.ts'

const forcedColors = '(forced-colors: active)'

function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement)
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim()
  // The system does not recolor a canvas: it is told the system's colors.
  const forced = matchMedia(forcedColors).matches
  const or = (system: string, name: string) => (forced ? system : token(name))
  return {
    text: or('CanvasText', 'text'),
    muted: or('CanvasText', 'muted'),
    line: or('GrayText', 'line'),
    panel: or('Canvas', 'panel'),
    sunken: or('Canvas', 'sunken'),
    positive: token('positive'),
    negative: token('negative'),
    font: getComputedStyle(document.body).fontFamily,
    series: (number) => token(`series-${number}`),
  }
}

/** Read anew when the theme has changed: the attribute is what the style sheet goes by, whoever has set it. */
export const usePalette = createSharedComposable(() => {
  const palette = shallowRef(readPalette())
  const read = () => (palette.value = readPalette())
  useMutationObserver(document.documentElement, read, { attributeFilter: ['data-theme'] })
  watch(useMediaQuery(forcedColors), read)
  return palette
})
