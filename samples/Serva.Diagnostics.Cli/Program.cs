System.Console.WriteLine("serva-diag");
