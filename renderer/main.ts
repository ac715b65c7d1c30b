import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { nextTask } from './lib/next-task.ts'
import { renewForNewPages } from './lib/renewal.ts'
import { fetchPages, router } from './router.ts'
import { useNotices } from './stores/notices.ts'
import { strings } from './strings/index.ts'
import './style.css'

// The host has made a cookie of the token; it must not stay in the address bar or the history.
const address = new URL(location.href)
if (address.searchParams.has('token')) {
  address.searchParams.delete('token')
  history.replaceState(history.state, '', address)
}

const pinia = createPinia()
renewForNewPages(router, {
  marks: sessionStorage,
  reload: (path) => {
    location.hash = path
    location.reload()
  },
  tell: () => useNotices(pinia).add('error', strings.shell.pageMissing),
})
// All that was loaded has run.
await nextTask()
createApp(App).use(pinia).use(router).mount('#app')

// Safari knows of no idle time.
const idle = (): Promise<void> =>
  new Promise((resolve) =>
    'requestIdleCallback' in window ? requestIdleCallback(() => resolve()) : setTimeout(resolve, 50),
  )
/** Until what the first page asks for has come, and a hand has had time to go somewhere: what comes after is run as it comes. */
const settleMs = 5000
void router
  .isReady()
  .then(() => new Promise((resolve) => setTimeout(resolve, settleMs)))
  .then(() => fetchPages(idle))
