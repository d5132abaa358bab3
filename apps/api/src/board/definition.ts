import { createBullBoard } from '@bull-board/api';
import type {
  AppControllerRoute,
  BullBoardQueues,
  IServerAdapter,
  UIConfig,
} from '@bull-board/api/typings/app';
import type { Role } from '@sagekeep/contracts';
import type { Jobs } from '@sagekeep/runtime';
import { boardQueues } from './queues.ts';

/** What Bull Board says of itself when it is asked to mount. */
export interface BoardDefinition {
  readonly queues: BullBoardQueues;
  readonly routes: readonly AppControllerRoute[];
  readonly pages: readonly string[];
  readonly staticFolder: string;
  readonly uiConfig: UIConfig;
}

const uiConfig: UIConfig = {
  boardTitle: 'Sagekeep',
  hideDocsLink: true,
  hideRedisDetails: true,
  showWorkers: false,
  miscLinks: [
    { text: 'Status', url: '/' },
    { text: 'API', url: '/docs' },
    { text: 'Log out', url: '/logout' },
  ],
};

/** Bull Board for a role, as data: we mount it ourselves because its own adapter knows neither roles nor our template. */
export function defineBoard(jobs: Jobs, role: Role): BoardDefinition {
  const collected: { -readonly [K in keyof BoardDefinition]: BoardDefinition[K] } = {
    queues: new Map(),
    routes: [],
    pages: [],
    staticFolder: '',
    uiConfig,
  };
  const collector: IServerAdapter = {
    setQueues: (queues) => set(() => Object.assign(collected, { queues })),
    setViewsPath: () => collector,
    setStaticPath: (_route, staticFolder) => set(() => Object.assign(collected, { staticFolder })),
    setEntryRoute: ({ route }) => set(() => Object.assign(collected, { pages: [route].flat() })),
    setErrorHandler: () => collector,
    setApiRoutes: (routes) => set(() => Object.assign(collected, { routes })),
    setUIConfig: (config) => set(() => Object.assign(collected, { uiConfig: config })),
  };
  function set(change: () => unknown): IServerAdapter {
    change();
    return collector;
  }
  createBullBoard({ queues: boardQueues(jobs, role), serverAdapter: collector, options: { uiConfig } });
  return collected;
}
