import { createRouter, createWebHashHistory } from 'vue-router'
import { stepNames } from '../electron/contract/index.ts'
import ComparePage from './compare/ComparePage.vue'
import ProjectView from './components/shell/ProjectView.vue'
import SettingsPage from './settings/SettingsPage.vue'
import DataStep from './steps/data/DataStep.vue'
import DeployStep from './steps/deploy/DeployStep.vue'
import EvaluateStep from './steps/evaluate/EvaluateStep.vue'
import ExploreStep from './steps/explore/ExploreStep.vue'
import ModelStep from './steps/model/ModelStep.vue'
import PrepareStep from './steps/prepare/PrepareStep.vue'
import StartPage from './steps/start/StartPage.vue'
import TrainStep from './steps/train/TrainStep.vue'

// Not loaded one by one: files come from the same machine, and an open window must survive an update of them.
const steps = {
  data: DataStep,
  explore: ExploreStep,
  prepare: PrepareStep,
  model: ModelStep,
  train: TrainStep,
  evaluate: EvaluateStep,
  deploy: DeployStep,
}

declare module 'vue-router' {
  interface RouteMeta {
    /** The page's part of the window's title; absent: the app's name says it all. */
    title?: string
  }
}
const titled = (name: string) => ({ title: name.charAt(0).toUpperCase() + name.slice(1) })

// Addresses live behind the #: whoever serves the files need not know the routes.
export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/', name: 'start', component: StartPage },
    { path: '/settings', name: 'settings', component: SettingsPage, meta: titled('settings') },
    {
      path: '/projects/:projectId',
      component: ProjectView,
      children: [
        ...stepNames.map((step) => ({
          path: step,
          name: step,
          component: steps[step],
          meta: titled(step),
        })),
        { path: 'compare', name: 'compare', component: ComparePage, meta: titled('compare') },
      ],
    },
    { path: '/:rest(.*)', redirect: '/' },
  ],
})
