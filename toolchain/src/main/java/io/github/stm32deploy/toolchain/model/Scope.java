// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import java.util.AbstractMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What is known inside a graph that stands in a node: everything around it, and what is found inside without changing what is
 * outside. Iteration shows the inside only.
 */
final class Scope<V> extends AbstractMap<String, V> {
    private final Map<String, V> outside;
    private final Map<String, V> inside = new HashMap<>();
    private final Set<String> hidden = new HashSet<>();

    Scope(Map<String, V> outside) {
        this.outside = outside;
    }

    @Override
    public V get(Object name) {
        V found = inside.get(name);
        return found != null || hidden.contains(name) ? found : outside.get(name);
    }

    @Override
    public boolean containsKey(Object name) {
        return get(name) != null;
    }

    @Override
    public V put(String name, V value) {
        return inside.put(name, value);
    }

    /** Forgets the name inside, and hides one outside. */
    @Override
    public V remove(Object name) {
        if (name instanceof String text) {
            hidden.add(text);
        }
        return inside.remove(name);
    }

    @Override
    public Set<Entry<String, V>> entrySet() {
        return inside.entrySet();
    }
}
