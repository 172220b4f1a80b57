<?php
// Reads feeds with SimplePie, as FreshRSS does, and prints a line of fields, separated by TABs, for each entry.
// Arguments: the folder of SimplePie, that of its cache, and addresses of feeds.
require $argv[1] . '/autoloader.php';

function text(?string $html): string {
    return html_entity_decode(strip_tags((string) $html), ENT_QUOTES | ENT_HTML5, 'UTF-8');
}

function line(mixed ...$fields): void {
    echo implode("\t", array_map(fn($field) => preg_replace('/\s+/u', ' ', (string) $field), $fields)), "\n";
}

foreach (array_slice($argv, 3) as $url) {
    $feed = new \SimplePie\SimplePie();
    $feed->set_cache_location($argv[2]);
    $feed->set_cache_duration(-1); // with 0 it does not ask again within the same second
    $feed->enable_order_by_date(false);
    $feed->set_stupidly_fast(true);
    $feed->set_feed_url($url);
    if (!$feed->init()) {
        continue; // it is no feed that SimplePie knows
    }
    foreach ($feed->get_items() as $item) {
        $media = array_filter($item->get_enclosures() ?: [], fn($e) => $e->get_medium() === 'image');
        line(
            $url,
            $item->get_id(),
            text($item->get_title()),
            text($item->get_permalink()),
            $item->get_gmdate('U'),
            $item->get_updated_gmdate('U'),
            $item->get_content(),
            $item->get_author() ? $item->get_author()->get_name() : '',
            implode('|', array_map(fn($c) => $c->get_label(), $item->get_categories() ?: [])),
            text($media ? reset($media)->get_link() : ''),
        );
    }
}
