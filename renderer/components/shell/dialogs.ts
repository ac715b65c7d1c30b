/** Dialogs of the whole window, whose code comes when one is first opened, or while nobody waits. */
export const shellDialogs = {
  palette: () => import('./CommandPalette.vue'),
  shortcuts: () => import('./ShortcutsDialog.vue'),
}
