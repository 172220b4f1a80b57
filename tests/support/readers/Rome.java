import com.rometools.rome.feed.synd.SyndCategory;
import com.rometools.rome.feed.synd.SyndContent;
import com.rometools.rome.feed.synd.SyndEntry;
import com.rometools.rome.feed.synd.SyndFeed;
import com.rometools.rome.io.SyndFeedInput;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.Date;
import java.util.stream.Collectors;

/** Reads a feed from standard input with ROME, and prints a line of fields, separated by TABs, for each entry. */
public class Rome {
    public static void main(String[] arguments) throws Exception {
        String document = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        SyndFeed feed = new SyndFeedInput().build(new StringReader(document));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        out.println(line(feed.getTitle(), feed.getLink(), time(feed.getPublishedDate())));
        for (SyndEntry entry : feed.getEntries()) {
            String content = entry.getContents().stream().map(SyndContent::getValue).collect(Collectors.joining());
            String topics = entry.getCategories().stream().map(SyndCategory::getName).collect(Collectors.joining("|"));
            Date updated = entry.getUpdatedDate();
            out.println(line(entry.getUri(), entry.getTitle(), entry.getLink(), time(entry.getPublishedDate()),
                time(updated), content, entry.getAuthor(), topics));
        }
    }

    private static String time(Date date) {
        return date == null ? "" : String.valueOf(date.getTime());
    }

    private static String line(String... fields) {
        return java.util.Arrays.stream(fields).map(f -> f == null ? "" : f.replaceAll("\\s+", " "))
            .collect(Collectors.joining("\t"));
    }
}
