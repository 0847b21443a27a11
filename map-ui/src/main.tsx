import './styles/index.css';
import { effect } from '@preact/signals';
import { render } from 'preact';
import { AppProvider, createApp } from './app';
import { language } from './i18n';
import { Screen } from './panels/Screen';
import { chooseLanguage, chooseTheme, followSystemTheme } from './preferences';

const root = document.getElementById('app');
if (root === null) throw new Error('the page has no place for the application');

language.value = chooseLanguage();
const app = createApp(chooseTheme());

// Before anything is drawn: the map reads its colours from the theme.
effect(() => {
  document.documentElement.dataset.theme = app.store.theme.value;
});
effect(() => {
  document.documentElement.lang = language.value;
});
// Paper is light, whatever the screen is.
addEventListener('beforeprint', () => {
  document.documentElement.dataset.theme = 'light';
});
addEventListener('afterprint', () => {
  document.documentElement.dataset.theme = app.store.theme.value;
});
followSystemTheme((theme) => {
  app.store.theme.value = theme;
});

render(
  <AppProvider value={app}>
    <Screen />
  </AppProvider>,
  root,
);
app.start();
