// Reports for an auditor: one table of what was said.
import { get, post, saveFile } from './request';
import type { Id } from './types';

export interface Report {
  id: Id;
  create_at: number;
  status: 'created' | 'running' | 'finished' | 'failed' | 'removed';
  count: number;
  desc: string;
  start_at: number;
  end_at: number;
  keywords: string;
  emails: string;
}
export interface Question {
  [field: string]: string | number;
  desc: string;
  start_at: number;
  end_at: number;
  keywords: string;
  emails: string;
}
export const reports = () => get<Report[]>('/compliance/reports?per_page=50');
export const ask = (question: Question) => post<Report>('/compliance/reports', question);
export const save = (id: Id) => saveFile(`/compliance/reports/${id}/download`);
