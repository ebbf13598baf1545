import { mount } from 'svelte';
import App from './App.svelte';
import { theme } from './lib/theme.svelte.ts';
import './tokens.css';
import './base.css';

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has an element with the id app');
theme.apply();
mount(App, { target });
