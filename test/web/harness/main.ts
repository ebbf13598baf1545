import { mount } from 'svelte';
import Harness from './Harness.svelte';
import '../../../web/src/tokens.css';
import '../../../web/src/base.css';

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has an element with the id app');
mount(Harness, { target });
