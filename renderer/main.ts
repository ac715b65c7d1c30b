import './lib/no-eval.ts'
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { fetchPages, router } from './router.ts'
import './style.css'

// The host has made a cookie of the token; it must not stay in the address bar or the history.
const address = new URL(location.href)
if (address.searchParams.has('token')) {
  address.searchParams.delete('token')
  history.replaceState(history.state, '', address)
}

createApp(App).use(createPinia()).use(router).mount('#app')

// The files of a page were replaced on the disk before this window had it: the new window has the new ones.
window.addEventListener('vite:preloadError', (event) => {
  event.preventDefault()
  location.reload()
})
void router.isReady().then(() => fetchPages(() => new Promise((resolve) => requestIdleCallback(resolve))))
