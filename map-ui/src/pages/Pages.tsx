import './pages.css';
import './figures.css';
import type { ComponentType } from 'preact';
import { messages } from '../i18n';
import type { Route } from '../state/route';
import { CasesPage } from './CasesPage';
import { FreshnessPage } from './FreshnessPage';
import { GuidePage } from './GuidePage';
import { IndicatorPage } from './IndicatorPage';
import { PlacesPage } from './PlacesPage';
import { RankingPage } from './RankingPage';
import { SystemPage } from './SystemPage';
import { SystemsPage } from './SystemsPage';
import { TasksPage } from './TasksPage';
import { UnitPage } from './UnitPage';

interface PageProps {
  readonly route: Route;
}

/** By the first word of the address, and how many more follow. */
const pages: Readonly<Record<string, ComponentType<PageProps>>> = {
  'systems/0': SystemsPage,
  'systems/1': SystemPage,
  'units/0': UnitPage,
  'units/1': UnitPage,
  'indicators/1': IndicatorPage,
  'ranking/0': RankingPage,
  'ranking/1': RankingPage,
  'cases/0': CasesPage,
  'cases/1': CasesPage,
  'tasks/0': TasksPage,
  'freshness/0': FreshnessPage,
  'places/0': PlacesPage,
  'guide/0': GuidePage,
};

/** The page that the address asks for. */
export function Pages({ route }: PageProps) {
  const Page = pages[`${route.path[0]}/${route.path.length - 1}`];
  return Page === undefined ? <NotFound /> : <Page route={route} />;
}

function NotFound() {
  const words = messages.value.pages;
  return (
    <section class="page-body">
      <h2>{words.notFound}</h2>
      <p>
        <a href="#/">{words.toMap}</a>
      </p>
    </section>
  );
}
