import './pages.css';
import type { ComponentType } from 'preact';
import { messages } from '../i18n';
import type { Route } from '../state/route';
import { SystemsPage } from './SystemsPage';

interface PageProps {
  readonly route: Route;
}

/** By the first word of the address, and how many more follow. */
const pages: Readonly<Record<string, ComponentType<PageProps>>> = {
  'systems/0': SystemsPage,
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
