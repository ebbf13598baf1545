import { mount } from 'svelte';
import HierarchicalSelectWidget from '../../../web/src/features/content/widgets/HierarchicalSelectWidget.svelte';
import MenuWidget from '../../../web/src/features/content/widgets/MenuWidget.svelte';
import RelationWidget from '../../../web/src/features/content/widgets/RelationWidget.svelte';
import WebsiteCollectionWidget from '../../../web/src/features/content/widgets/WebsiteCollectionWidget.svelte';
import { announcer } from '../../../web/src/lib/announcer.svelte.ts';
import '../../../web/src/tokens.css';
import '../../../web/src/base.css';
import './page.css';

/** Field, value and site come with the address, as JSON: `?field={…}&value=[…]&site=…`. */
const asked = new URL(location.href).searchParams;
const field = JSON.parse(asked.get('field') ?? '{}');
const widgets = { relation: RelationWidget, 'hierarchical-select': HierarchicalSelectWidget, 'website-collection': WebsiteCollectionWidget, menu: MenuWidget };
const Widget = widgets[field.widget as keyof typeof widgets];

let state: { value: unknown; changes: number } = $state.raw({ value: JSON.parse(asked.get('value') ?? 'null'), changes: 0 });
const form = document.querySelector('form') as HTMLFormElement;
form.addEventListener('submit', (event) => {
  event.preventDefault();
  document.body.dataset['submitted'] = 'true';
});
const label = document.createElement('label');
label.id = 'field-label';
label.htmlFor = 'field';
label.textContent = field.label;
form.append(label);

mount(Widget, {
  target: form,
  props: {
    field,
    get value() {
      return state.value;
    },
    onchange: (value: unknown) => {
      state = { value, changes: state.changes + 1 };
    },
    id: 'field',
    describedby: undefined,
    site: asked.get('site') ?? 'matrix-methods',
    item: null,
    isDisabled: asked.has('disabled'),
    problem: undefined,
  },
});

$effect.root(() => {
  $effect(() => {
    const value = document.querySelector('#value') as HTMLElement;
    value.textContent = JSON.stringify(state.value) ?? '';
    value.dataset['changes'] = String(state.changes);
  });
  // Every announcement is kept, for a test comes too late for some.
  $effect(() => {
    const said = document.querySelector('[data-announcer]') as HTMLElement;
    said.textContent = announcer.text;
    said.dataset['said'] = `${said.dataset['said'] ?? ''}${announcer.text}\n`;
  });
});
