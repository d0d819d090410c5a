import './ui/theme/sheets.ts';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.tsx';
import { reloadOnNewVersion } from './app/reload-on-new-version.ts';
import { startTexts } from './i18n/language.ts';

reloadOnNewVersion();
await startTexts();
const root = document.getElementById('root');
if (root)
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
