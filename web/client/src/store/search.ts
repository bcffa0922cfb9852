import { set } from './state';

export const showSearch = (terms: string) => set({ pane: { kind: 'search', terms } });
