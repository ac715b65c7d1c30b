/** Dark and light: the system's choice unless the user has made their own. */
import { useColorMode } from '@vueuse/core'
import { createSharedComposable } from '@vueuse/core'

export const useTheme = createSharedComposable(() => {
  const mode = useColorMode({
    attribute: 'data-theme',
    storageKey: 'descent-theme',
    // Its way of suppressing transitions injects a style element, which the content security policy may forbid.
    disableTransition: false,
  })
  /** What the user chose (`auto` follows the system) and what that comes to. */
  return { choice: mode.store, resolved: mode.state }
})
