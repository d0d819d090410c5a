// Runs before the page is painted: sets theme and language from what the user chose, so that nothing flashes.
(() => {
  const read = (name) => {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  };
  const chosen = read('cacheferry.theme');
  const dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  const language = read('cacheferry.language') ?? (navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en');
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light');
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
})();
