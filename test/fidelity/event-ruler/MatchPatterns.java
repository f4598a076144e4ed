import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import software.amazon.event.ruler.Machine;

/**
 * Reads {"patterns": {name: pattern}, "events": [event]} and writes, for each event, the names of the patterns that match it.
 */
final class MatchPatterns {
  public static void main(String[] arguments) throws Exception {
    ObjectMapper json = new ObjectMapper();
    JsonNode input = json.readTree(System.in);
    Machine machine = new Machine();
    for (var pattern : input.get("patterns").properties()) {
      machine.addRule(pattern.getKey(), pattern.getValue().toString());
    }
    ArrayNode matches = json.createArrayNode();
    for (JsonNode event : input.get("events")) {
      ArrayNode names = matches.addArray();
      machine.rulesForJSONEvent(event.toString()).stream().sorted().forEach(names::add);
    }
    json.writeValue(System.out, matches);
  }
}
