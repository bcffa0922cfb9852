// Light or dark: as the person chose, else as the system is. Runs before the first paint.
export type Theme = 'auto' | 'light' | 'dark';
const key = 'concordat.theme';
const system = matchMedia('(prefers-color-scheme: dark)');

export const chosenTheme = (): Theme => (localStorage.getItem(key) as Theme | null) ?? 'auto';

function paint(): void {
  const theme = chosenTheme();
  const dark = theme === 'dark' || (theme === 'auto' && system.matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
}

export function setTheme(theme: Theme): void {
  localStorage.setItem(key, theme);
  paint();
}

export const flipTheme = () => setTheme(document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark');

system.addEventListener('change', paint);
paint();
